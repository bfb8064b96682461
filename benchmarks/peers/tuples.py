"""A scalar engine in the style of the 200-line GPT: children and local gradients as tuples.

Written for the comparison, with the operations that it needs.
"""


class Value:
    __slots__ = ("children", "data", "grad", "local_grads")

    def __init__(self, data, children=(), local_grads=()):
        self.data = data
        self.grad = 0
        self.children = children
        self.local_grads = local_grads

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def relu(self):
        return Value(max(0, self.data), (self,), (float(self.data > 0),))

    def backward(self):
        order = []
        visited = set()

        def build(value):
            if value not in visited:
                visited.add(value)
                for child in value.children:
                    build(child)
                order.append(value)

        build(self)
        self.grad = 1
        for value in reversed(order):
            for child, local_grad in zip(value.children, value.local_grads):  # noqa: B905
                child.grad += local_grad * value.grad
