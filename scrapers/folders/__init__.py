"""What the source of files is made of: listing a folder or bucket, telling types apart, opening mailboxes."""
