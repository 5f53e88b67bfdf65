"""Products that look alike and are judged differently: each side must be well told in the corpus.

A row is (category, what its title contains, category of the neighbour, what that one's title contains); patterns are
regular expressions that ignore case.
"""

from __future__ import annotations

HARD_PAIRS: tuple[tuple[str, str, str, str], ...] = (
    ("sunscreen-spf-15-plus-broad-spectrum", r"spf ?\d", "makeup-and-fragrance", r"spf ?\d"),
    ("sunscreen-spf-15-plus-broad-spectrum", r"spf ?\d", "tanning-oil-bronzer-low-spf-and-after-sun-cosmetics", r"tan"),
    ("facial-moisturiser-with-spf-15-plus", r"spf ?\d", "anti-aging-and-cosmetic-skin-care", r"eye.*spf"),
    ("denture-care", r"dentur|plate|teeth|partial", "toothpaste-manual-toothbrushes-and-floss", r"toothpaste|gel"),
    ("denture-care", r"dentur|plate|teeth|partial", "teeth-whitening", r"whiten"),
    ("prenatal-and-postnatal-vitamins", r"pre-?natal|pre natal", "vitamins-and-multivitamins", r"wom[ae]n|her\b"),
    ("sleep-aids-otc-drug", r"sleep", "herbal-mood-sleep-and-immune-supplements", r"melatonin"),
    ("pediatric-and-medical-electrolytes", r"electrolyte|rehydrat", "sports-drinks-and-hydration-mixes", r"drink|mix"),
    (
        "vaginal-yeast-infection-and-uti-relief",
        r"itch|cream|creme",
        "feminine-washes-wipes-deodorants-and-douches",
        r"wash|wipes",
    ),
    (
        "anti-itch-eczema-psoriasis-and-rash-treatments",
        r"eczema",
        "moisturisers-lotions-and-body-care",
        r"moistur|lotion|cream",
    ),
    ("acne-treatments-drug-labelled", r"acne|adapalene|differin", "anti-aging-and-cosmetic-skin-care", r"cleanser"),
    (
        "topical-pain-relief",
        r"roll|gel|rub|freeze",
        "alcohol-tobacco-vape-and-cannabis-cbd",
        r"cbd.*(roll|gel|rub|cream|balm|stick)",
    ),
    ("thermometers", r"ear|forehead|oral|fever", "kitchen-and-home", r"thermometer"),
    ("thermometers", r"thermometer", "laboratory-and-industrial-look-alikes", r"thermometer"),
    (
        "anti-itch-eczema-psoriasis-and-rash-treatments",
        r"itch",
        "pet-medicine-and-supplies",
        r"(dog|cat|pet).*itch|itch.*(dog|cat|pet)",
    ),
    ("joint-supplements-glucosamine-and-collagen", r"glucosamine|joint", "pet-medicine-and-supplies", r"joint|hip"),
    (
        "incontinence-products-adult-and-bed-pads",
        r"adult|brief|underwear",
        "baby-diapers-wipes-and-toiletries",
        r"diaper|pants",
    ),
    ("baby-breathing-and-health-monitors", r"breath|oxygen|movement", "baby-gear-and-furniture", r"monitor|camera|cam\b"),
    (
        "breast-pumps-and-lactation-supplies",
        r"pump",
        "nursing-and-maternity-apparel-baby-feeding-gear",
        r"\bbra\b|tank|cami",
    ),
    (
        "face-masks-hand-sanitizer-and-sanitizing-wipes-ppe",
        r"n95|kn95|respirator",
        "anti-aging-and-cosmetic-skin-care",
        r"mask",
    ),
    ("tens-and-nerve-stimulation-devices", r"tens|nerve", "massage-guns-and-massagers", r"massag"),
    ("orthopedic-and-positioning-pillows", r"cervical|neck", "mattresses-pillows-and-bedding", r"pillow"),
    (
        "specialty-and-medical-infant-formula",
        r"hypoallergenic|hydroly|amino",
        "infant-formula-standard",
        r"formula|similac|enfamil",
    ),
    ("genetic-health-tests", r"health|risk|carrier|23andme", "ancestry-and-pet-dna-kits", r"ancestr|dna"),
    ("laxatives-and-stool-softeners", r"psyllium|metamucil|fiber", "fiber-supplements", r"gumm|chew|prebiotic"),
    ("first-aid-antiseptics-and-antibiotic-ointments", r"witch hazel", "anti-aging-and-cosmetic-skin-care", r"witch hazel"),
    (
        "smoking-cessation",
        r"gum|lozenge|patch",
        "alcohol-tobacco-vape-and-cannabis-cbd",
        r"pouch|zyn|velo|nicotine",
    ),
    (
        "reading-glasses-otc-magnifying",
        r"\+?\d\.\d|read",
        "non-prescription-sunglasses-and-blue-light-glasses",
        r"blue light|computer|\+?0\.0",
    ),
    ("throat-lozenges-and-cough-drops", r"drops|lozenge", "snacks-and-sweets", r"cand(y|ies)|drops|mints"),
    (
        "throat-lozenges-and-cough-drops",
        r"lozenge",
        "herbal-mood-sleep-and-immune-supplements",
        r"lozenge|propolis|throat",
    ),
    (
        "antifungal-and-athletes-foot-treatments",
        r"foot.*powder|powder",
        "soap-body-wash-deodorant-and-shaving",
        r"(foot|body).*powder|powder",
    ),
    (
        "lip-balm-medicated-or-broad-spectrum-spf-15-plus",
        r"spf|medicated",
        "lip-balm-and-lip-cosmetics-plain",
        r"balm|butter",
    ),
    ("epsom-salt", r"epsom", "aromatherapy-candles-and-bath-products", r"salt"),
    ("disposable-exam-gloves", r"exam|medical|nitrile", "tools-hardware-and-industrial", r"glove"),
    ("earplugs-and-hearing-protection", r"ear ?plug", "electronics-and-computers", r"ear ?bud|earphone|headphone"),
    (
        "medicated-and-psoriasis-shampoo-active-drug",
        r"tar|ketoconazole|salicylic|psoriasis",
        "shampoo-conditioner-and-hair-styling",
        r"scalp|tea tree|zinc",
    ),
    ("fish-oil-and-omega-supplements", r"flax|omega|fish", "pantry-and-packaged-food", r"flax|chia|\boil\b"),
    ("superfood-and-greens-powders", r"green|kale|spirulina", "fresh-food-meat-and-produce", r"kale|green|spinach"),
    ("herbal-mood-sleep-and-immune-supplements", r"\btea\b", "beverages", r"\btea\b"),
    ("fluoride-rinse", r"fluoride|anti-?cavity", "mouthwash", r"mouthwash|rinse"),
    ("sensitivity-toothpaste", r"sensi", "toothpaste-manual-toothbrushes-and-floss", r"toothpaste"),
    ("insect-repellent", r"repel|bug", "garden-and-outdoor-living", r"insect|bug|mosquito|wasp|ant\b"),
)
