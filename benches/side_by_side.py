#!/usr/bin/env python3
"""Runs `splitlot bench` in turn with other implementations of the same work item and prints ratios.

The work item (see `splitlot bench --help`): trials of a fresh differential crossbar, sigma 5 % of each cell, 8-bit input,
output noise, 8-bit converter; the result is the relative error of the product.

  benches/side_by_side.py --peers DIR [--methods m_c:fused,m_numpy:tuned] [--sizes 256x256x16,...] [--pairs 7]

DIR holds `bench_one.py METHOD --R --C --B --dist --threads --runs --seconds`, which prints one JSON object with
`trials_cpu_s`, `err_mean` and `peak_mb`. Peers run in the Python that runs this script. A pair is one run of splitlot and
one of the peer, back to back, their order alternating; the figure of record is the median over pairs of the ratio of
trials per CPU-second, so that load on a shared machine hits both sides.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path


def run(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"{command[1]}: {last}")
    return json.loads(done.stdout)


def ours(args, size):
    rows, columns, inputs = size
    result = run([args.splitlot, "bench", "--json", "--backend", "cpu", "--draw", args.draw, "--rows", rows, "--columns",
                  columns, "--inputs", inputs, "--distribution", args.distribution, "--threads", args.threads,
                  "--seconds", args.seconds])
    return result["trials_per_cpu_s"], result["err_mean"], result["peak_mb"]


def peer(args, method, size):
    rows, columns, inputs = size
    result = run([sys.executable, Path(args.peers) / "bench_one.py", method, "--R", rows, "--C", columns, "--B", inputs,
                  "--dist", args.distribution, "--threads", args.threads, "--runs", 1, "--seconds", args.seconds])
    return result["trials_cpu_s"], result["err_mean"], result["peak_mb"]


def compare(args, method, size):
    """Median ratio over the pairs, with the quartiles, and the last run of each side."""
    ratios = []
    for pair in range(args.pairs):
        sides = [lambda: ours(args, size), lambda: peer(args, method, size)]
        if pair % 2:
            theirs, mine = sides[1](), sides[0]()
        else:
            mine, theirs = sides[0](), sides[1]()
        ratios.append(mine[0] / theirs[0])
    low, _, high = statistics.quantiles(ratios, n=4)
    return mine, theirs, statistics.median(ratios), low, high


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", required=True, help="folder with bench_one.py and the peers' modules")
    parser.add_argument("--splitlot", default="target/release/splitlot")
    parser.add_argument("--methods", default="m_c:fused,m_numpy:tuned,m_torch:loop,m_aihwkit:cpp")
    parser.add_argument("--sizes", default="256x256x1,256x256x16,256x256x256", help="rows x columns x inputs")
    parser.add_argument("--distribution", default="gauss", choices=["gauss", "lognormal"])
    parser.add_argument("--draw", default="cell", choices=["cell", "pair"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    args = parser.parse_args()
    print(f"{'peer':16} {'size':>12} {'splitlot/CPU-s':>15} {'peer/CPU-s':>11} {'ratio':>6} {'quartiles':>13} "
          f"{'error':>8} {'peer':>8} {'MB':>5} {'peer':>5}")
    for method in args.methods.split(","):
        for size in [tuple(map(int, text.split("x"))) for text in args.sizes.split(",")]:
            name = "x".join(map(str, size))
            try:
                mine, theirs, ratio, low, high = compare(args, method, size)
            except RuntimeError as error:
                print(f"{method:16} {name:>12} did not run: {error}")
                continue
            print(f"{method:16} {name:>12} {mine[0]:15.0f} {theirs[0]:11.0f} {ratio:6.2f} {low:6.2f}-{high:<6.2f} "
                  f"{mine[1]:8.4f} {theirs[1]:8.4f} {mine[2]:5.0f} {theirs[2]:5.0f}", flush=True)


if __name__ == "__main__":
    main()
