"""Making the model: corpus, noise, folds, fitting. Never imported by a serving process."""
