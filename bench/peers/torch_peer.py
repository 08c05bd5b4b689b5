# PyTorch behind the protocol of serve.mjs. Arguments: number of threads.
import json
import sys
import time

import torch
import torch.nn.functional as F

from torch_steps import mlp, step
from torch_training import accuracy, epoch, memory

torch.set_num_threads(int(sys.argv[1]))
torch.set_flush_denormal(True)


def product(r):
    m, k, n, form = r["m"], r["k"], r["n"], r["form"]
    if form == "forward":
        a, b = torch.rand(m, k), torch.rand(n, k).t()
    elif form == "weightGradient":
        a, b = torch.rand(k, m).t(), torch.rand(k, n)
    else:
        a, b = torch.rand(m, k), torch.rand(k, n)
    return lambda: torch.mm(a, b), {}


def latency(r):
    model = mlp(r).eval()
    x = torch.rand(1, r["sizes"][0])

    def once():
        with torch.inference_mode():
            return model(x).numpy()

    return once, {}


DRAWS = {
    "uniform_": lambda x: x.uniform_(),
    "normal_": lambda x: x.normal_(),
    "normal_(1, 2)": lambda x: x.normal_(1, 2),
    "bernoulli_(0.5)": lambda x: x.bernoulli_(0.5),
    "dropout(x, 0.5)": lambda x: F.dropout(x, 0.5),
    "randperm": lambda x: torch.randperm(x.numel()),
}


def random(r):
    x, draw = torch.zeros(r["n"]), DRAWS[r["draw"]]

    def once():
        with torch.no_grad():
            return draw(x)

    return once, {}


BUILDERS = {
    "product": product,
    "step": step,
    "latency": latency,
    "random": random,
    "epoch": epoch,
    "memory": memory,
    "accuracy": accuracy,
}
VERSIONS = f"PyTorch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()})"
cases = {}


def set_up(r):
    if r["kind"] not in BUILDERS:
        raise ValueError(f"does not do {r['kind']}")
    torch.manual_seed(0)  # each case from the same start, as its peers
    once, facts = BUILDERS[r["kind"]](r)
    if once and r.get("warmups") != 0:
        for _ in range(3):
            once()
    cases[r["setup"]] = once
    return {"ready": r["setup"], "versions": VERSIONS, **facts}


def run(r):
    once, times = cases[r["run"]], []
    if r["calls"] > 1:  # the caches are another peer's
        once()
    end = time.perf_counter() + r["seconds"]
    while time.perf_counter() < end or len(times) < r["calls"]:
        start = time.perf_counter()
        once()
        times.append((time.perf_counter() - start) * 1e3)
    return {"times": times}


def forget(r):
    del cases[r["forget"]]
    return {}


for line in sys.stdin:
    try:
        r = json.loads(line)
        answer = set_up(r) if "setup" in r else forget(r) if "forget" in r else run(r)
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
