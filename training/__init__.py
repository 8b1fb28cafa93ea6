"""QLoRA on published rows; the only package that imports the trainers."""
