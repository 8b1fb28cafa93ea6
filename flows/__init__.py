"""The night, as Prefect flows and as a command; the only package that imports prefect."""
