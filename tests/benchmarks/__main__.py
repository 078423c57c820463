"""``make bench``: every benchmark, one after the other."""

from tests.benchmarks import attribution, checks, scenes

for benchmark in (scenes, attribution, checks):
    print(f"\n{(benchmark.__doc__ or '').splitlines()[0]}")
    benchmark.main()
