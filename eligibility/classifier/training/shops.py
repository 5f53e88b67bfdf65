"""Which kind of merchant sells a category most: for figures by merchant, never for decisions."""

from __future__ import annotations

from eligibility.taxonomy import Category

GROCER = {
    "food-snacks-and-beverages", "fresh-food-meat-and-produce", "pantry-and-packaged-food", "snacks-and-sweets", "beverages",
    "frozen-and-dairy-food", "baby-food-and-snacks", "pet-food-and-treats", "sports-drinks-and-hydration-mixes",
    "infant-formula-standard", "laundry-and-household-supplies", "household-cleaners-and-disinfectants",
    "cotton-swabs-toilet-paper-and-paper-goods", "alcohol-tobacco-vape-and-cannabis-cbd", "baby-diapers-wipes-and-toiletries",
    "diet-foods-meal-plans-and-special-foods", "nutrition-shakes-and-meal-replacements",
}  # fmt: skip
BEAUTY = {
    "moisturisers-lotions-and-body-care", "anti-aging-and-cosmetic-skin-care", "makeup-and-fragrance", "teeth-whitening",
    "soap-body-wash-deodorant-and-shaving", "shampoo-conditioner-and-hair-styling", "nail-care-and-beauty-tools",
    "hair-extensions-fashion-wigs-and-hair-accessories", "lip-balm-and-lip-cosmetics-plain", "hair-loss-treatments-and-wigs",
    "tanning-oil-bronzer-low-spf-and-after-sun-cosmetics", "facial-moisturiser-with-spf-15-plus", "cosmetic-procedures",
    "sunscreen-spf-15-plus-broad-spectrum", "aromatherapy-candles-and-bath-products", "essential-oils",
}  # fmt: skip
SUPPLEMENTS = {
    "vitamins-and-multivitamins", "minerals-and-bone-supplements", "herbal-mood-sleep-and-immune-supplements", "probiotics",
    "joint-supplements-glucosamine-and-collagen", "fiber-supplements", "protein-powder-and-sports-nutrition",
    "digestive-enzyme-supplements", "fish-oil-and-omega-supplements", "superfood-and-greens-powders",
    "specialty-supplements-amino-acids-and-antioxidants", "otc-weight-loss-drug-and-supplements",
    "prenatal-and-postnatal-vitamins",
}  # fmt: skip


def shop_of(category: Category) -> str:
    if category.code in GROCER:
        return "grocer"
    if category.code in BEAUTY:
        return "beauty"
    if category.code in SUPPLEMENTS:
        return "supplements"
    if category.bucket in ("clinic", "vision", "dental", "rx"):
        return f"{category.bucket} care"
    return "pharmacy" if category.bucket == "otc" else "general goods"
