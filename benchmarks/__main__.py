"""``make bench``: every benchmark, one after the other."""

from benchmarks import (
    attacks,
    attribution,
    cam,
    checks,
    embeddings,
    filters,
    grading,
    relevance,
    scenes,
    synthesis,
    widgets,
)

for benchmark in (
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
