"""Trains the network that every die runs and writes it with its test set into datasets/workloads.

    python3 -m venv venv && venv/bin/pip install scikit-learn==1.9.1 && venv/bin/python tools/train_digits.py

The seed is 0 and was not chosen by looking at the test set. Another BLAS may round differently and give slightly other
weights; the committed files are what the tests pin.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

FOLDER = Path(__file__).resolve().parent.parent / "datasets" / "workloads"
SEED = 0
N_TEST = 450
N_HIDDEN = 48
# Grey levels of the data run from 0 to 16; the network sees them as 0..1.
FULL_SCALE = 16
ATTRIBUTION = "Optical Recognition of Handwritten Digits, UCI Machine Learning Repository (CC BY 4.0), via scikit-learn (BSD-3)"


def clip_of_least_error(values, bits):
    """Largest value of an unsigned `bits` code that represents `values` with the least mean squared error."""
    n_steps = 2**bits - 1
    clips = values.max() * np.arange(1, 201) / 200
    errors = [np.mean((np.clip(np.rint(values * n_steps / c), 0, n_steps) * c / n_steps - values) ** 2) for c in clips]
    return clips[int(np.argmin(errors))]


def rows(matrix):
    """Rounded far below any quantisation step; adding 0 turns -0 into 0."""
    return [[round(float(w), 4) + 0.0 for w in row] for row in matrix]


def write_model(path, network, train):
    hidden = np.maximum(train @ network.coefs_[0] + network.intercepts_[0], 0)
    clips = [round(float(clip_of_least_error(hidden, bits)), 4) for bits in range(1, 9)]
    layers = []
    for weights, bias, clip in zip(network.coefs_, network.intercepts_, [clips, None]):
        layers.append({"activation_clip": clip, "bias": rows([bias])[0], "weights": rows(weights)})
    head = {
        "name": "digits_mlp_64_48_10",
        "source": f"tools/train_digits.py, seed {SEED}, trained on {len(train)} images. Data: {ATTRIBUTION}",
        "input_full_scale": FULL_SCALE,
    }
    text = json.dumps({**head, "layers": layers})
    # A line for each key and each row of weights: a change shows as a change of a few lines.
    for mark in ['"source"', '"input_full_scale"', '"layers"', '"activation_clip"', '"bias"', '"weights"']:
        text = text.replace(" " + mark, "\n" + mark).replace("{" + mark, "{\n" + mark)
    text = text.replace("[[", "[\n[").replace("], [", "],\n[")
    path.write_text(text + "\n", encoding="utf-8")


def write_test_set(path, images, labels):
    lines = [f"# {ATTRIBUTION}", f"# {len(labels)} images of 8x8 pixels, row by row, grey levels 0..{FULL_SCALE}"]
    lines.append(",".join([f"p{i:02}" for i in range(images.shape[1])] + ["label"]))
    lines += [",".join(str(int(v)) for v in [*image, label]) for image, label in zip(images, labels)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    digits = load_digits()
    train, test, train_labels, test_labels = train_test_split(
        digits.data, digits.target, test_size=N_TEST, stratify=digits.target, random_state=SEED
    )
    network = MLPClassifier((N_HIDDEN,), random_state=SEED, max_iter=600).fit(train / FULL_SCALE, train_labels)
    write_model(FOLDER / "digits_mlp.json", network, train / FULL_SCALE)
    write_test_set(FOLDER / "digits_test.csv", test, test_labels)
    n_correct = int((network.predict(test / FULL_SCALE) == test_labels).sum())
    print(f"float accuracy: {n_correct} of {N_TEST}")


if __name__ == "__main__":
    main()
