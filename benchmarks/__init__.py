"""What is measured, each file by itself: `python -m benchmarks.<name>`."""
