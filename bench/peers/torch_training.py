# Trainings in PyTorch: an epoch of them, their memory, and their time to a test error.
import gzip
import os
import resource
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

from torch_steps import OPTIMIZERS, mlp, step


class Batches(TensorDataset):
    """A batch is one index into each tensor: what makes a DataLoader fast where the data are in memory."""

    def __getitem__(self, indices):
        return tuple(tensor[torch.as_tensor(indices)] for tensor in self.tensors)


def by_hand(x, y, batch):
    for indices in torch.randperm(len(x)).split(batch):
        yield x[indices], y[indices]


def loader(kind, x, y, batch):
    """Each call of the result is an epoch."""
    if kind == "hand":
        return lambda: by_hand(x, y, batch)
    if kind == "batches":
        data = Batches(x, y)
        sampler = BatchSampler(RandomSampler(data), batch, drop_last=False)
        loading = DataLoader(data, sampler=sampler, batch_size=None)
    else:
        loading = DataLoader(TensorDataset(x, y), batch_size=batch, shuffle=True)
    return lambda: loading


def train(model, optimizer, batches, after_step=None):
    model.train()
    for x, y in batches:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if after_step:
            after_step()


def epoch(r):
    model = mlp(r)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, **OPTIMIZERS[r["optimizer"]])
    x, y = torch.rand(r["count"], r["sizes"][0]), torch.randint(0, r["sizes"][-1], (r["count"],))
    batches = loader(r["loader"], x, y, r["batch"])
    return lambda: train(model, optimizer, batches()), {}


def memory(r):
    before = int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    once, _ = step(r)
    for _ in range(r["steps"]):
        once()
    return None, {"before": before, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def read_idx(folder, name):
    path = os.path.join(folder, name)
    data = open(path, "rb").read() if os.path.exists(path) else gzip.open(path + ".gz").read()
    dimensions = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return torch.from_numpy(np.frombuffer(data, np.uint8, offset=4 + 4 * len(dimensions)).reshape(dimensions).copy())


def mnist(folder, part):
    images, labels = read_idx(folder, f"{part}-images-idx3-ubyte"), read_idx(folder, f"{part}-labels-idx1-ubyte")
    return images.flatten(1).float() / 255, labels.long()


def limit_norms(weights, limit):
    with torch.no_grad():
        for weight in weights:
            norms = torch.linalg.vector_norm(weight, dim=1, keepdim=True)
            if (norms > limit).any():
                weight.mul_((limit / norms).clamp_(max=1))


def reached(errors, goal):
    return len(errors) >= 3 and sum(errors[-3:]) / 3 <= goal


def accuracy(r):
    """As `accuracy` of thinnet/training.mjs: the same recipe, and the same initial weights."""
    x, y = mnist(r["folder"], "train")
    test_x, test_y = mnist(r["folder"], "t10k")
    start = time.perf_counter()
    torch.manual_seed(r["seed"])
    model = mlp(r)
    linear = [layer for layer in model if isinstance(layer, nn.Linear)]
    weights = [layer.weight for layer in linear]
    optimizer = torch.optim.SGD(model.parameters(), lr=r["lr"], momentum=0.9, **OPTIMIZERS[r["optimizer"]])
    batches = loader(r["loader"], x, y, r["batch"])
    steps = r["epochs"] * -(-len(x) // r["batch"])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: 1 - done / steps)

    def after_step():
        limit_norms(weights, r["maxNorm"])
        schedule.step()

    seconds, errors = time.perf_counter() - start, []
    while len(errors) < r["epochs"] and not reached(errors, r["goal"]):
        start = time.perf_counter()
        train(model, optimizer, batches(), after_step)
        seconds += time.perf_counter() - start
        model.eval()
        with torch.inference_mode():
            errors.append(100 * (model(test_x).argmax(1) != test_y).float().mean().item())
    return None, {"errors": errors, "seconds": seconds, "reached": reached(errors, r["goal"])}
