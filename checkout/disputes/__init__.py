"""Card disputes and retrievals: taken from the acquirer's files, proved from the frozen sale, answered in time."""
