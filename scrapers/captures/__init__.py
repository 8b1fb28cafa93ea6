"""WARC, ARC and WET files made by others: their bytes, their records, what these captured."""
