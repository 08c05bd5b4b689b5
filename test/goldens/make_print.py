"""Writes print.json: how PyTorch prints tensors. test/tensor/print.test.ts builds the same ones, by name.

    python make_print.py        # PyTorch 2.15
"""
import json
import pathlib

import torch


def arange(count, *shape):
    return torch.arange(count).reshape(shape or (count,))


nan, inf = float("nan"), float("inf")
leaf = torch.tensor([1.0, 2.0], requires_grad=True)

CASES = {
    "matrix": torch.tensor([[1.0, 2.0], [3.0, 4.0]]),
    "fractions": torch.tensor([[0.5, -1.25], [100.123456, 3.0]]),
    "scalar": torch.tensor(3.5),
    "whole scalar": torch.tensor(3.0),
    "leaf scalar": torch.tensor(2.5, requires_grad=True),
    "int32": torch.tensor([1, -20, 300], dtype=torch.int32),
    "bool": torch.tensor([True, False]),
    "uint8": torch.tensor([[1, 2], [3, 255]], dtype=torch.uint8),
    "float64": torch.tensor([1.5, 2.0], dtype=torch.float64),
    "wide range": torch.tensor([1e-3, 1.0, 2000.0]),
    "tiny": torch.tensor([1e-5, 2e-5]),
    "huge": torch.tensor([1e9, 2.0]),
    "whole numbers far apart": torch.tensor([123456.0, 7.0]),
    "nothing finite": torch.tensor([nan, inf, -inf, 0.0]),
    "nan among fractions": torch.tensor([nan, inf, 1.5, -2.0]),
    "nan among whole numbers": torch.tensor([nan, -inf, 1.0, -200.0]),
    "zeros": torch.zeros(2, 3),
    "negative zero": torch.tensor([-0.0, 1.0]),
    "negative zero among fractions": torch.tensor([-0.0, 1.5]),
    "ties": torch.tensor([0.03125, 0.09375, -0.03125, 1.5]),
    "scientific ties": torch.tensor([1.03125, 2.09375, 40960.5, 1e-3], dtype=torch.float64),
    "empty": torch.zeros(0),
    "empty matrix": torch.zeros(0, 3),
    "empty int32": torch.zeros(2, 0, dtype=torch.int32),
    "empty bool": torch.zeros(0, dtype=torch.bool),
    "three dimensions": arange(12, 2, 3, 2).float(),
    "four dimensions": arange(8, 2, 1, 2, 2).float(),
    "several lines": arange(40).float(),
    "summary": arange(1001).float(),
    "summary of a matrix": arange(2000, 40, 50).float() / 8,
    "summary of rows": arange(1200, 300, 4).int(),
    "summary of three dimensions": arange(1024, 8, 16, 8).float(),
    "leaf": leaf,
    "relu": leaf.relu(),
    "add a number": leaf + 1,
    "mul": leaf * leaf,
    "suffix on a new line": arange(14).float().requires_grad_(),
    "two suffixes on a new line": torch.tensor([1.123456] * 8, dtype=torch.float64).requires_grad_(),
}

path = pathlib.Path(__file__).with_name("print.json")
path.write_text(json.dumps({name: str(x) for name, x in CASES.items()}, indent=1) + "\n")
