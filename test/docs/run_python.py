"""Runs what docs/pytorch.md says of PyTorch: its Python blocks must print what stands below them, and what the left
column of the tables gives is written to ../goldens/pytorch-page.json, for pytorch.test.ts.

    python run_python.py        # PyTorch 2.15
"""
import contextlib
import io
import json
import os
import pathlib
import re
import tempfile

import torch

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pytorch.md").read_text()

blocks = re.findall(r"^```python ?(\w*)\n(.*?)^```$", PAGE, re.M | re.S)
setup = next(code for kind, code in blocks if kind == "setup")
setting = next(code for kind, code in blocks if kind == "setting")
rows = re.findall(r"^\| `([^`]+)` \| `[^`]+` \|", PAGE, re.M)


def plain(value):
    """As JSON: pytorch.test.ts brings thinnet's values to the same form."""
    if isinstance(value, torch.Tensor):
        return {"shape": list(value.shape), "values": [float(x) for x in value.detach().flatten()]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(x) for x in value]
    if isinstance(value, torch.nn.Module):
        return str(value)
    if type(value).__module__ == "numpy":
        return value.flatten().tolist()
    return None


os.chdir(tempfile.mkdtemp())  # one block writes a file
for kind, code in blocks:
    if kind:
        continue
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(setup + code, {})
    expected = re.findall(r"^# (.*)$", code, re.M)
    if printed.getvalue().splitlines() != expected:
        raise SystemExit(f"{code}\nprints\n\n{printed.getvalue()}")

results = {}
for row in rows:
    scope = {}
    exec(setup + setting, scope)
    results[row] = plain(eval(row, scope))
lines = ",\n".join(f"  {json.dumps(row)}: {json.dumps(value)}" for row, value in results.items())
(ROOT / "test" / "goldens" / "pytorch-page.json").write_text(f"{{\n{lines}\n}}\n")
print(f"{len(blocks)} blocks, {len(rows)} rows")
