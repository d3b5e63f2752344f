"""The benchmarks' measures, each equal to the number its official evaluator gives."""
