"""Paired benchmarks and quality suites."""
