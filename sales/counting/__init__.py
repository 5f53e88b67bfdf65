"""Sums by day and by item: folds over captures and refunds, counted anew for each day that something happened on."""
