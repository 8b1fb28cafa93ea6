"""The words everyone shares: schemas, options, storage, the manifest, the ledger, and the errors."""
