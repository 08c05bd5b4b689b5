"""Writes random.json: what rng.json leaves out. Generator state dumps, and draws into tensors of unusual layouts.

    python make_random.py        # PyTorch 2.15
"""
import base64
import json
import pathlib

import torch


def dump(generator):
    return base64.b64encode(generator.get_state().numpy().tobytes()).decode()


def states():
    """Steps of one generator, the state after each, and the words that follow the last."""
    cases = []
    for seed in [42, -1]:
        g = torch.Generator().manual_seed(seed)
        steps = [{"op": "manualSeed", "state": dump(g)}]
        for op, n in [("randn", 3), ("rand", 5), ("randn", 1), ("rand", 611), ("rand", 1), ("rand", 2000), ("randn", 5)]:
            (torch.randn if op == "randn" else torch.rand)(n, generator=g)
            steps.append({"op": op, "n": n, "state": dump(g)})
        following = torch.randn(4, generator=g).tolist() + torch.rand(700, generator=g)[-4:].tolist()
        cases.append({"seed": str(seed), "initialSeed": str(g.initial_seed()), "steps": steps, "following": following})
    return cases


LAYOUTS = [  # shape, strides, offset of a view of a larger memory
    ([4, 5], [5, 1], 0),
    ([5, 4], [1, 5], 0),
    ([2, 3, 4, 5], [60, 1, 15, 3], 0),  # channels last
    ([4, 3, 5], [1, 20, 4], 0),
    ([5, 6], [12, 2], 3),  # with gaps
    ([6, 7], [1, 12], 2),  # with gaps, transposed
    ([3, 1, 4], [4, 99, 1], 0),
    ([2, 1, 3, 2], [1, 7, 2, 6], 1),
    ([3, 2, 2], [20, 1, 5], 0),
    ([16], [1], 4),
    ([17], [3], 0),
    ([], [], 2),
]
EXPANDED = [([5, 9], [0, 1], 0), ([3, 4, 2], [2, 0, 1], 0), ([6, 5, 4, 3], [6, 0, 72, 1], 0), ([3, 4], [0, 0], 0)]


def fills():
    cases = []
    for shape, strides, offset in LAYOUTS:
        for op, arguments in [("uniform_", [-1, 2]), ("normal_", [0.5, 2]), ("bernoulli_", [0.3]), ("random_", [10])]:
            base = torch.zeros(200)
            view = base.as_strided(shape, strides, offset)
            torch.manual_seed(7)
            getattr(view, op)(*arguments)
            cases.append({"shape": shape, "strides": strides, "offset": offset, "op": op, "arguments": arguments,
                          "base": base.tolist(), "next": torch.rand(1).item()})
    return cases


def likes():
    cases = []
    for shape, strides, offset in LAYOUTS + EXPANDED:
        x = torch.linspace(0, 1, 800).as_strided(shape, strides, offset)
        case = {"shape": shape, "strides": strides, "offset": offset, "outStrides": list(torch.empty_like(x).stride())}
        for name, make in [("randLike", torch.rand_like), ("randnLike", torch.randn_like), ("bernoulli", torch.bernoulli)]:
            torch.manual_seed(11)
            case[name] = make(x).flatten().tolist()
        cases.append(case)
    return cases


def others():
    cases = []
    column = torch.tensor([[0.1], [2.0]])
    for name, make in {
        "normal(tensor, 2)": lambda: torch.normal(torch.arange(20.0), 2.0),
        "normal(3, tensor)": lambda: torch.normal(3.0, torch.arange(20.0)),
        "normal(row, column)": lambda: torch.normal(torch.arange(3.0), column),
        "normal(permuted, 2)": lambda: torch.normal(torch.arange(40.0).view(8, 5).t(), 2.0),
        "bernoulli_(tensor) of int32": lambda: torch.empty(2, 3, dtype=torch.int32).bernoulli_(torch.tensor([0.1, 0.5, 0.9])),
        "multinomial rows": lambda: torch.multinomial(torch.tensor([[1.0, 2, 3, 4], [4, 0, 2, 1]]), 3),
        "multinomial rows, replacement": lambda: torch.multinomial(torch.tensor([[1.0, 2, 3, 4], [4, 0, 2, 1]]), 6, True),
        "multinomial rows, one": lambda: torch.multinomial(torch.tensor([[1.0, 2, 3, 4], [4, 0, 2, 1]]), 1, True),
        "multinomial float64": lambda: torch.multinomial(torch.tensor([0.1, 0.7, 0.2], dtype=torch.float64), 8, True),
        "multinomial float64, once": lambda: torch.multinomial(torch.tensor([0.1, 0.7, 0.2], dtype=torch.float64), 3),
    }.items():
        torch.manual_seed(5)
        cases.append({"name": name, "data": make().flatten().tolist(), "next": torch.rand(1).item()})
    return cases


if __name__ == "__main__":
    torch.set_num_threads(1)
    sections = {"meta": {"torch": torch.__version__, "cpuCapability": torch.backends.cpu.get_cpu_capability()},
                "states": states(), "fills": fills(), "likes": likes(), "others": others()}
    path = pathlib.Path(__file__).with_name("random.json")
    path.write_text(json.dumps(sections, separators=(",", ":")) + "\n")
