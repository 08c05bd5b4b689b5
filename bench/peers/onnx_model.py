# Writes the ONNX model of 784-H-H-10 with ReLU. Arguments: H, path.
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

hidden, path = int(sys.argv[1]), sys.argv[2]
sizes, nodes, weights, last = [784, hidden, hidden, 10], [], [], "x"
for i in range(3):
    bound = sizes[i] ** -0.5
    weight = np.random.uniform(-bound, bound, (sizes[i + 1], sizes[i])).astype(np.float32)
    weights += [numpy_helper.from_array(weight, f"w{i}"), numpy_helper.from_array(weight[:, 0].copy(), f"b{i}")]
    out = "y" if i == 2 else f"h{i}"
    nodes.append(helper.make_node("Gemm", [last, f"w{i}", f"b{i}"], [out], transB=1))
    if i < 2:
        nodes.append(helper.make_node("Relu", [out], [f"r{i}"]))
        last = f"r{i}"
value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
graph = helper.make_graph(nodes, "mlp", [value("x", [1, 784])], [value("y", [1, 10])], weights)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
