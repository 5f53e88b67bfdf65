"""Word lists behind the cues: what a pharmacist's eye catches in a title. One list is one feature."""

from __future__ import annotations

# Active ingredients by what they treat (FDA OTC monographs, 21 CFR 331-358), and the words of drug labels.
WORDS: dict[str, str] = {
    "active_pain": "acetaminophen ibuprofen naproxen aspirin paracetamol salicylate phenazopyridine"
    " acetaminofen paracetamol ibuprofeno naproxeno aspirina apap",
    "active_cold": "guaifenesin dextromethorphan phenylephrine pseudoephedrine oxymetazoline doxylamine chlophedianol dm"
    " guaifenesina dextrometorfano expectorante",
    "active_allergy": "loratadine cetirizine fexofenadine diphenhydramine levocetirizine chlorpheniramine desloratadine"
    " fluticasone triamcinolone budesonide cromolyn ketotifen olopatadine azelastine"
    " loratadina cetirizina difenhidramina fexofenadina",
    "active_stomach": "omeprazole esomeprazole lansoprazole famotidine ranitidine cimetidine calcium-carbonate simethicone"
    " loperamide bismuth subsalicylate bisacodyl sennosides senna docusate polyethylene glycol psyllium glycerin magnesia"
    " omeprazol famotidina bismuto loperamida simeticona",
    "active_skin": "hydrocortisone benzocaine lidocaine pramoxine calamine bacitracin neomycin polymyxin benzoyl adapalene"
    " salicylic menthol camphor capsaicin diclofenac trolamine methyl coal-tar ketoconazole selenium pyrithione sulfur"
    " povidone iodine chlorhexidine peroxide isopropyl benzalkonium docosanol permethrin pyrethrin witch-hazel"
    " hidrocortisona lidocaina",
    "active_fungus": "clotrimazole miconazole terbinafine tolnaftate butenafine undecylenic tioconazole",
    "active_sun": "avobenzone oxybenzone octocrylene homosalate octisalate titanium zinc-oxide mineral-sunscreen",
    "active_other": "nicotine polacrilex minoxidil orlistat levonorgestrel norgestrel naloxone melatonin meclizine"
    " dimenhydrinate carbamide fluoride glucose electrolyte",
    "prescription_drug": "semaglutide tirzepatide liraglutide atorvastatin lisinopril metformin amoxicillin sertraline"
    " levothyroxine albuterol tretinoin sumatriptan epinephrine estradiol testosterone finasteride clindamycin"
    " azithromycin gabapentin losartan insulin prednisone sildenafil",
    "drug_action": "reliever relief relieving relieves antacid laxative decongestant expectorant antihistamine suppressant"
    " antidiarrheal anti-diarrheal antifungal antiseptic antibiotic analgesic anesthetic stool softener reducer anti-itch"
    " antigas anti-gas remover medicine drug otc treatment astringent disinfectant antiviral suppository suppositories"
    " analgesico antiacido laxante descongestionante jarabe expectorante medicina alivio desinfectante",
    "symptom": "pain ache aches headache migraine fever cough cold flu sore throat sinus congestion allergy allergies heartburn"
    " indigestion gas bloating diarrhea constipation nausea itch itching itchy rash eczema psoriasis acne wart warts corn callus"
    " fungus athlete's hemorrhoid hemorrhoidal burn sting bite bites cramps cramp arthritis sprain insomnia sleeplessness"
    " snoring dizziness stye earwax earache toothache teething lice motion sickness pms menstrual urinary yeast infection"
    " dolor fiebre tos gripe resfriado alergia acidez estrenimiento diarrea picazon garganta cabeza muscular congestion blackhead blackheads blemish blemishes",
    "dose_form_drug": "caplet caplets tablet tablets lozenge lozenges syrup ointment suppositories drops liquicaps ultratabs"
    " pellets suspension elixir effervescent nasal rectal vaginal enema inhaler patch patches"
    " tableta tabletas pastilla pastillas gotas pomada unguento supositorios jarabe",
    "dose_form_supplement": "softgel softgels capsule capsules vegcaps gummies gummy vcaps veggie vegicaps chewables soft gels"
    " vegan caps phyto-caps tincture"
    " capsula capsulas gomitas",
    "drug_strength": "maximum extra regular prescription-strength strength non-drowsy multi-symptom fast-acting severe",
    "supplement": "supplement supplements vitamin vitamins multivitamin multi multimineral mineral probiotic probiotics herbal"
    " herb extract dietary immune immunity omega acidophilus dophilus enzyme enzymes collagen glucosamine chondroitin"
    " turmeric ashwagandha elderberry biotin magnesium calcium zinc iron potassium selenium chromium b12 b-complex d3 k2"
    " coq10 ginseng ginkgo echinacea kelp spirulina chlorella l-theanine amino curcumin valerian wort cranberry propolis"
    " vitamina vitaminas multivitaminico suplemento suplementos colageno hierro magnesio calcio probiotico probioticos",
    "protein": "protein whey casein creatine bcaa pre-workout isolate mass gainer shake meal-replacement nutritional"
    " proteina suero",
    "homeopathic": "homeopathic hpus boiron hyland's hylands oscillococcinum nux arnica 6x 12x 30x 6c 9c 12c 30c 200c"
    " natrum rhus belladonna nelsons zicam similasan umcka",
    "prenatal": "prenatal postnatal pregnancy prenate trimester conception fertility ovulation",
    "children": "children's childrens kids kid infant infants' infants baby baby's toddler junior pediatric child newborn"
    " ninos infantil bebe bebes",
    "pet": "dog dogs puppy cat cats kitten pet pets canine feline equine horse veterinary vet bird fish aquarium hamster"
    " litter leash kibble flea chicken-feed rabbit"
    " perro perros gato gatos mascota mascotas",
    "medicated": "medicated therapeutic medical sterile antiseptic clinical hospital",
    "menstrual": "tampon tampons pads pad liners liner pantiliners panty maxi menstrual sanitary period feminine"
    " toallas tampones",
    "incontinence": "incontinence underpads bladder briefs absorbency depend poise underwear leakage incontinencia",
    "first_aid": "bandage bandages gauze dressing adhesive-bandage first-aid wound tourniquet splint sling antiseptic"
    " vendas venda curitas gasa",
    "brace": "brace support splint wrap compression immobilizer orthopedic orthotic insole insoles arch lumbar",
    "diagnostic": "thermometer oximeter glucose test tests strips monitor meter stethoscope sphygmomanometer lancets ekg"
    " termometro prueba embarazo",
    "vision": "contact lens lenses eyeglasses readers reading optical eye eyes saline ophthalmic rewetting lentes lentillas",
    "dental": "denture dentures orthodontic toothache gum gums dental oral retainer dentadura",
    "protective": "mask masks n95 kn95 respirator sanitizer sanitizing gloves nitrile mascarillas cubrebocas guantes",
    "mobility": "wheelchair walker rollator cane crutches commode scooter transfer bed-rail grab-bar shower-chair",
    "toothcare": "toothpaste toothbrush floss mouthwash toothbrushes flosser whitening interdental dentifrice"
    " pasta cepillo dientes enjuague hilo",
    "hair": "shampoo conditioner hair hairspray mousse pomade styling curl volumizing wig extensions"
    " champu acondicionador cabello pelo",
    "skin_cosmetic": "moisturizer moisturizing lotion serum cleanser toner mask anti-aging wrinkle retinol hyaluronic cream body"
    " butter exfoliating scrub facial face brightening firming radiance glow hydrating skin peptide collagen"
    " crema locion humectante serum",
    "makeup": "mascara lipstick foundation concealer eyeliner eyeshadow blush gloss makeup nail polish palette primer perfume"
    " cologne fragrance parfum toilette bronzer shimmer"
    " maquillaje labial perfume",
    "toiletry": "soap deodorant antiperspirant wash shave razor razors bath shower bubble hygiene wipes diapers tissue cotton"
    " jabon desodorante panales toallitas",
    "aromatic": "essential aromatherapy candle diffuser incense lavender eucalyptus peppermint oil oils bath-salt",
    "cleaning": "cleaner detergent bleach disinfecting laundry dish dishwasher fabric air freshener trash mop vacuum scrubber"
    " limpiador detergente cloro",
    "food_produce": "organic fresh salad spinach potato potatoes apple apples banana tomato onion vegetable vegetables fruit beans"
    " peppers mushroom berries mango lemon lime avocado broccoli carrots corn peas squash pumpkin"
    " kale carrot pea quinoa kamut pumpkin fruta verduras manzana",
    "food_pantry": "sauce soup pasta rice flour sugar oil vinegar seasoning spice salt bread cereal oatmeal noodles syrup honey"
    " mix baking dressing mustard ketchup salsa broth olives tuna canned pizza burrito"
    " arroz frijoles aceite salsa pan harina",
    "food_protein": "chicken beef turkey pork sausage bacon ham salmon shrimp fish egg eggs cheese milk yogurt butter cream"
    " pollo carne leche queso huevo yogur",
    "food_sweet": "chocolate cookie cookies candy candies chips crackers popcorn bar bars cake ice caramel vanilla strawberry"
    " pudding pretzels granola nuts almonds peanut snack snacks gum mints brownies donut"
    " galletas dulces chocolate caramelo papas",
    "drink": "coffee tea juice soda water beer wine vodka espresso latte kombucha lemonade drink beverage smoothie"
    " ale lager ipa cider brew creamer infusion teas cafe jugo agua cerveza vino",
    "baby_food": "puree stage 2nd 1st foods toddler formula cereal pouch puffs infantil papilla pouches melts",
    "electronics": "usb hdmi wireless bluetooth laptop printer ink toner cartridge camera battery batteries charger cable hdd"
    " ssd drive monitor headphones speaker tv keyboard mouse phone iphone tablet-case led lcd router software gb tb",
    "tools": "drill screw screws bolt wrench saw tape adhesive epoxy caliper gauge valve pipe fitting hose motor bearing wire"
    " industrial steel brass aluminum clamp hinge lubricant-spray sandpaper multimeter cylinder beaker lab",
    "toys_books": "toy toys game games puzzle lego doll figure plush book books novel dvd cards card playset kids-toy model",
    "apparel": "shirt shoes sneakers dress socks jacket pants hat jeans boots leggings bra swimsuit watch bag purse necklace ring"
    " earrings bracelet sunglasses",
    "home": "lamp pillow blanket rug curtain shelf table chair kitchen pan knife mug cup plate bowl storage container towel frame",
    "office": "pen pens pencil pencils paper envelope envelopes notebook binder folder stapler label labels marker stickers",
    "garden_auto": "garden plant seeds lawn outdoor patio car truck tire automotive motorcycle ant roach mouse-trap weed",
    "fitness": "dumbbell treadmill yoga exercise fitness gym massager massage roller kettlebell tracker smartwatch scale",
    "device_therapy": "tens ems cpap nebulizer humidifier purifier heating ice-pack compress infrared light-therapy inhaler",
    "service": "visit session exam appointment consultation membership subscription copay fee class program plan therapy",
    "sexual": "condom condoms lubricant lube vibrator contraceptive intimate personal",
    "cannabis": "cbd hemp thc delta-8 vape cigar cigarettes tobacco pouches kratom",
    "repellent": "repellent deet picaridin mosquito tick citronella bug insect",
    "gift": "gift set bundle pack party decor decoration christmas birthday holiday",
}

PHRASES: dict[str, tuple[str, ...]] = {
    "infant_formula": ("infant formula", "baby formula", "toddler formula", "milk-based powder", "formula infantil"),
    "baby_meal": ("baby food", "baby cereal", "toddler snack", "for babies"),
    "dandruff": ("dandruff", "anticaspa"),
    "acne_words": ("acne", "blackhead", "blemish", "breakout", "pore"),
    "extract_form": (" extract", "tincture", "standardized", "veg cap", "vegcap", "veggie cap"),
    "supplement_facts": ("supplement facts", "suplemento alimenticio", "herbal formula"),
    "sun_words_spanish": ("protector solar", "bloqueador"),
    "aroma_words": ("aromatherapy", "diffuser", "scented", "fragrance"),
    "broad_spectrum": ("broad spectrum", "broad-spectrum"),
    "sunscreen": ("sunscreen", "sunblock", "sun screen", "sun block", "sun lotion"),
    "dietary_supplement": ("dietary supplement", "herbal supplement", "food supplement"),
    "drug_facts": (
        "drug facts",
        "active ingredient",
        "ingrediente activo",
        "prescription strength",
        "compare to",
        "24 hour",
        "24hr",
    ),
    "rx_mark": ("(rx)", " rx ", "prescription", " rx)", "rx only"),
    "for_animals": ("for dogs", "for cats", "for pets", "for horses", "dog food", "cat food", "dogs and cats", "dogs & cats"),
    "hypoallergenic": ("hypoallergenic", "hypo-allergenic"),
    "non_medicated": ("non-medicated", "nonmedicated", "unmedicated", "non medicated"),
    "mmhg": ("mmhg", "mm hg"),
    "whitening": ("whitening", "whitestrips", "whiter"),
    "contact_lens": ("contact lens", "contact lenses", "soft lens"),
    "eye_product": ("eye drop", "eye wash", "eyewash", "artificial tears", "eye relief", "eye itch"),
    "eye_cosmetic": ("eye cream", "under eye", "under-eye", "eye gel", "eye serum", "eye contour"),
    "wet_wipe": ("baby wipes", "flushable wipes", "hand wipes"),
    "face_mask_cosmetic": ("sheet mask", "clay mask", "facial mask", "mud mask", "sleeping mask", "overnight mask"),
    "face_mask_protective": ("face mask", "disposable mask", "surgical mask", "3 ply", "3-ply", "kn95", "n95"),
    "first_aid": ("first aid", "first-aid"),
    "essential_oil": ("essential oil", "tea tree oil"),
    "epsom": ("epsom",),
    "teether": ("teether", "teething"),
    "lip": ("lip balm", "lip gloss", "lip butter", "lipstick", "lip treatment"),
    "electric": ("electric", "rechargeable", "battery operated", "cordless"),
    "protein_powder": ("protein powder", "whey protein", "protein shake", "plant protein"),
    "gift_card": ("gift card", "e-gift", "warranty", "shipping", "donation"),
    "baby_care": ("diaper rash", "gripe water", "infant drops"),
    "sleep": ("sleep aid", "nighttime", "night time", "sleep"),
    "fluoride": ("fluoride", "anticavity", "anti-cavity"),
    "toothpaste": ("toothpaste", "tooth paste"),
}
