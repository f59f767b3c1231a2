"""Anomaly detectors of other packages: each is fitted to rows [n, d] and gives a function of scores, higher is more
anomalous, and the scores of those rows.

Settings are the packages' own; PCA keeps the number of components that ae_cuda's code has numbers.
"""
import numpy as np
import torch
from pyod.models.auto_encoder import AutoEncoder
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler


def scaled(train):
    """A function that standardises columns where they are not pixels in [0, 1], as ae_cuda does."""
    numbers = train.min() < 0 or train.max() > 1
    return StandardScaler(with_mean=numbers, with_std=numbers).fit(train).transform


def pca(train, code, seed):
    """scikit-learn's principal components; the score is the squared error of the reconstruction."""
    scale = scaled(train)
    components = PCA(code, random_state=seed).fit(scale(train))

    def score(rows):
        return np.square(scale(rows) - components.inverse_transform(components.transform(scale(rows)))).mean(1)

    return score, score(train)


def neighbours(train, _code, _seed):
    """The mean distance of the five nearest training rows."""
    scale = scaled(train)
    nearest = NearestNeighbors(n_neighbors=5).fit(scale(train))
    own = nearest.kneighbors()[0].mean(1)  # a row is no neighbour of itself
    return lambda rows: nearest.kneighbors(scale(rows))[0].mean(1), own


def isolation_forest(train, _code, seed):
    forest = IsolationForest(random_state=seed).fit(train)
    score = lambda rows: -forest.score_samples(rows)
    return score, score(train)


def auto_encoder(train, _code, seed):
    """PyOD's, in PyTorch: 64-32-64, ten epochs, columns standardised. On one thread, with which so small a network is faster."""
    torch.set_num_threads(1)
    network = AutoEncoder(random_state=seed, verbose=0).fit(train)
    return network.decision_function, network.decision_scores_


PEERS = {
    "scikit-learn PCA": pca,
    "scikit-learn NearestNeighbors": neighbours,
    "scikit-learn IsolationForest": isolation_forest,
    "PyOD AutoEncoder": auto_encoder,
}


def threshold(train_scores, rate):
    """The score that a share `rate` of the training rows exceeds: what `contamination=rate` means in both packages."""
    return np.quantile(train_scores, 1 - rate)
