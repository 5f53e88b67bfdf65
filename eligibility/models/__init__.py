"""Products, the eligible-product list, and what people decided about items."""

from eligibility.models.lists import ListItem, ListVersion
from eligibility.models.products import Product
from eligibility.models.reviews import Review, ReviewRequest

__all__ = ["ListItem", "ListVersion", "Product", "Review", "ReviewRequest"]
