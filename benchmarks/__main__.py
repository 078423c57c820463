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
    photographs,
    relevance,
    scenes,
    sliders,
    synthesis,
    widgets,
)

for benchmark in (
    methods,
    scenes,
    filters,
    attribution,
    cam,
    photographs,
    relevance,
    attacks,
    synthesis,
    embeddings,
    checks,
    grading,
    sliders,
    widgets,
):
    print(f"\n{(benchmark.__doc__ or '').splitlines()[0]}")
    benchmark.main()
