# PyTorch behind the protocol of serve.mjs. Arguments: number of threads.
import json
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(int(sys.argv[1]))
torch.set_flush_denormal(True)
torch.manual_seed(0)


def product(r):
    m, k, n, form = r["m"], r["k"], r["n"], r["form"]
    if form == "forward":
        a, b = torch.rand(m, k), torch.rand(n, k).t()
    elif form == "weightGradient":
        a, b = torch.rand(k, m).t(), torch.rand(k, n)
    else:
        a, b = torch.rand(m, k), torch.rand(k, n)
    return lambda: torch.mm(a, b)


def mlp(hidden, dropout):
    drop = (lambda p: [nn.Dropout(p)]) if dropout else (lambda p: [])
    layers = drop(0.2) + [nn.Linear(784, hidden), nn.ReLU()] + drop(0.5)
    layers += [nn.Linear(hidden, hidden), nn.ReLU()] + drop(0.5) + [nn.Linear(hidden, 10)]
    return nn.Sequential(*layers)


def step(r):
    model, batch = mlp(r["hidden"], r["dropout"]).train(), r["batch"]
    setting = {"loop": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}[r["optimizer"]]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, **setting)
    x, y = torch.rand(batch * 8, 784), torch.randint(0, 10, (batch * 8,))
    at = [0]

    def once():
        start = (at[0] % 8) * batch
        at[0] += 1
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(x[start : start + batch]), y[start : start + batch]).backward()
        optimizer.step()

    return once


def latency(r):
    model = mlp(r["hidden"], r["dropout"]).eval()
    x = torch.rand(1, 784)

    def once():
        with torch.inference_mode():
            return model(x).numpy()

    return once


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

    return once


cases = {}
for line in sys.stdin:
    try:
        r = json.loads(line)
        if "setup" in r:
            once = {"product": product, "step": step, "latency": latency, "random": random}[r["kind"]](r)
            for _ in range(3):
                once()
            cases[r["setup"]] = once
            answer = {"ready": r["setup"], "versions": f"PyTorch {torch.__version__} ({torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()})"}
        else:
            once, times = cases[r["run"]], []
            end = time.perf_counter() + r["seconds"]
            while time.perf_counter() < end or len(times) < 3:
                start = time.perf_counter()
                once()
                times.append((time.perf_counter() - start) * 1e3)
            answer = {"times": times}
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
