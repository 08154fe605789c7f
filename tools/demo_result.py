"""The closing table of ./tools/demo: `demo_result.py LOAD.json BENCH.json`, the files as
`ringwire load --json` and `ringwire-bench compare --json` write them."""

import json
import pathlib
import sys


def delay(us: float) -> str:
    for limit, unit, scale in ((1e3, "us", 1), (1e6, "ms", 1e3), (float("inf"), "s", 1e6)):
        if us < limit:
            return f"{us / scale:.{1 if us / scale < 10 else 0}f} {unit}"
    raise ValueError(us)


def of_load(load: dict) -> list[tuple[str, str]]:
    us = load["latency_us"]
    rows = [
        ("transactions published", f"{load['published']}"),
        (f"delivered exactly once on all {load['nodes']} nodes", f"{load['delivered']}"),
        ("lost, duplicated", f"{load['lost']}, {load['duplicated']}"),
        ("throughput", f"{load['rate']:.0f} transactions/s, {load['rate'] * load['nodes']:.0f} deliveries/s"),
        ("publish to delivery", f"p50 {delay(us['p50'])}, p99 {delay(us['p99'])}, p99.9 {delay(us['p999'])}, "
                                f"max {delay(us['max'])}"),
    ]
    if "copied_per_relayed" in load:
        rows.append(("bytes copied per byte relayed", f"{load['copied_per_relayed']:.2f}"))
    return rows


def of_comparison(bench: dict) -> list[tuple[str, str]]:
    rows = []
    for result in bench["results"]:
        if (result["subject"], result["baseline"]) != ("ringwire-uring", "ringwire-epoll"):
            continue
        subject, baseline = (delay(result[key] / 1e3) for key in ("subject_value", "baseline_value"))
        rows.append(("epoll's CPU per message, over io_uring's",
                     f"{result['ratio']:.2f} ({baseline} over {subject}; {result['repetitions']} short runs, "
                     "a first impression)"))
    return rows


def main() -> None:
    load, bench = map(pathlib.Path, sys.argv[1:])
    rows = of_load(json.loads(load.read_text()))
    if bench.exists():
        rows += of_comparison(json.loads(bench.read_text()))
    width = max(len(what) for what, _ in rows)
    for what, value in rows:
        print(f"{what:<{width}}  {value}")


if __name__ == "__main__":
    main()
