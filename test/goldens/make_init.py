"""Writes init-rest.json: what init.json leaves out of torch.nn.init.

    python make_init.py        # PyTorch 2.15
"""
import json
import pathlib

import torch
from torch.nn import init

CALLS = [
    ("constant_", [2, 3], {"val": 0.3}),
    ("zeros_", [2, 2], {}),
    ("ones_", [3], {}),
    ("eye_", [3, 4], {}),
    ("eye_", [4, 2], {}),
    ("dirac_", [3, 2, 4], {}),
    ("dirac_", [2, 3, 3, 3], {}),
    ("dirac_", [4, 2, 2, 3], {"groups": 2}),
    ("dirac_", [6, 1, 1, 2, 3], {"groups": 3}),
    ("sparse_", [6, 4], {"sparsity": 0.4}),
    ("sparse_", [20, 3], {"sparsity": 0.9, "std": 2.0}),
    ("sparse_", [3, 5], {"sparsity": 0.1}),
    ("sparse_", [3, 2], {"sparsity": 1.0}),
    # Bounds that hold few normal numbers: proposals between them.
    ("trunc_normal_", [40], {"a": 1.0, "b": 1.2}),
    ("trunc_normal_", [7, 5], {"mean": 1.0, "std": 0.5, "a": -0.9, "b": 0.1}),
    ("trunc_normal_", [300], {"std": 2.0, "a": -0.5, "b": 0.7}),
    ("trunc_normal_", [33], {"mean": 0.2, "std": 1.0, "a": 0.1, "b": 0.3}),
]
GAINS = ["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid",
         "tanh", "relu", "selu", "leaky_relu"]


def functions():
    for dtype in [torch.float32, torch.float64]:
        for generator_seed in [None, 9]:
            for fn, shape, kwargs in CALLS:
                takes = fn in ("sparse_", "trunc_normal_")
                if generator_seed is not None and not takes:
                    continue
                torch.manual_seed(3)
                generator = None if generator_seed is None else torch.Generator().manual_seed(generator_seed)
                x = torch.full(shape, 7.0, dtype=dtype)
                getattr(init, fn)(x, **kwargs, **({"generator": generator} if takes else {}))
                yield {"fn": fn, "shape": shape, "kwargs": kwargs, "dtype": str(dtype)[6:], "generatorSeed": generator_seed,
                       "data": x.flatten().tolist(), "next": torch.rand(1).item()}


def message(run):
    try:
        run()
    except Exception as error:
        return str(error)
    raise AssertionError("no error")


errors = [
    {"what": "dirac_ of a matrix", "message": message(lambda: init.dirac_(torch.zeros(2, 2)))},
    {"what": "dirac_ in 3 groups", "message": message(lambda: init.dirac_(torch.zeros(4, 2, 2), 3))},
    {"what": "sparse_ of a vector", "message": message(lambda: init.sparse_(torch.zeros(3), 0.5))},
]
gains = [{"nonlinearity": name, "gain": init.calculate_gain(name)} for name in GAINS]
gains.append({"nonlinearity": "leaky_relu", "param": 0.2, "gain": init.calculate_gain("leaky_relu", 0.2)})
out = {"meta": {"kind": "init-rest", "torch": torch.__version__}, "functions": list(functions()), "gains": gains, "errors": errors}
path = pathlib.Path(__file__).parent / "init-rest.json"
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
