# Training steps in PyTorch: eager, compiled, and with one mask shared by the whole mini-batch, written by hand.
import torch
import torch.nn as nn
import torch.nn.functional as F

BATCHES = 8  # mini-batches that a step takes in turn

OPTIMIZERS = {"loop": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}


def mlp(r):
    layers, sizes = [], r["sizes"]
    for i, outputs in enumerate(sizes[1:]):
        if i > 0:
            layers.append(nn.ReLU())
        if r["dropout"] != "none":
            layers.append(nn.Dropout(r["inputP"] if i == 0 else r["p"]))
        layers.append(nn.Linear(sizes[i], outputs))
    return nn.Sequential(*layers)


def shared_mask(model, r):
    """Compact weights of the rows and columns that are kept: index_select, and autograd for the rest."""
    linear = [layer for layer in model if isinstance(layer, nn.Linear)]

    def kept(size, p):
        return (torch.rand(size) >= p).nonzero().squeeze(1)

    def forward(x):
        rows = kept(x.shape[1], r["inputP"])
        x = x.index_select(1, rows) * (1 / (1 - r["inputP"]))
        for layer in linear[:-1]:
            columns, rows = rows, kept(layer.out_features, r["p"])
            x = F.linear(x, layer.weight.index_select(0, rows).index_select(1, columns), layer.bias[rows])
            x = x.relu() * (1 / (1 - r["p"]))
        return F.linear(x, linear[-1].weight.index_select(1, rows), linear[-1].bias)

    return forward


def examples(count, r):
    x = torch.rand(count, r["sizes"][0])
    return x, x[:, : min(r["sizes"][0], r["sizes"][-1])].argmax(1)


def step(r):
    batch, check = r["batch"], r.get("check", 3)
    model = mlp(r).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, **OPTIMIZERS[r["optimizer"]])
    x, y = examples(batch * BATCHES, r)
    forward = shared_mask(model, r) if r["dropout"] == "shared" else model

    def loss_of(x, y):
        return F.cross_entropy(forward(x), y)

    if r.get("compile"):
        torch._dynamo.config.automatic_dynamic_shapes = False
        torch._dynamo.config.recompile_limit = 64
        loss_of = torch.compile(loss_of)
    at = [0]

    def once():
        start = (at[0] % BATCHES) * batch
        at[0] += 1
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(x[start : start + batch], y[start : start + batch])
        loss.backward()
        optimizer.step()
        return loss.detach()

    return once, {"loss": sum(once().item() for _ in range(check)) / check}
