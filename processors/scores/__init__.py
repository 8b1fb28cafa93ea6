"""What the quality steps measure: characters, lines, words and n-grams of whole batches, a kernel a file."""
