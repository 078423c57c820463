"""``make bench``: every benchmark, one after the other."""

from benchmarks import (
    attacks,
    attribution,
    cam,
    checks,
    embeddings,
    filters,
    grading,
    methods,
    relevance,
    scenes,
    synthesis,
    widgets,
)

for benchmark in (
    methods,
    scenes,
    filters,
    attribution,
    cam,
    relevance,
    attacks,
    synthesis,
    embeddings,
    checks,
    grading,
    widgets,
):
    print(f"\n{(benchmark.__doc__ or '').splitlines()[0]}")
    benchmark.main()
