"""The ids that other programs rely on: a protocol file that lost or gained one fails at once.

Everything about them (kind, wording, conditions, sources) stands in ``protocol.yml``; here are only the
names.
"""

from __future__ import annotations

TIERS = ("T1", "T2", "T3", "T4")
ACTIONS = ("HOLD", "FLAG_HIGH", "FLAG", "INFO")
SAFETY_LISTS = ("safety.now", "safety.spine", "safety.general")
GROUPS = ("sensation", "inflammation", "myofascial")

INDICATORS = (
    "indicator.no_ongoing_damage",
    "indicator.delayed_onset",
    "indicator.mild_stimuli",
    "indicator.stabbing",
    "indicator.summation",
)
MYOFASCIAL = (
    "myofascial.dull_ache",
    "myofascial.tender_spots",
    "myofascial.relief",
    "myofascial.restricted_range",
    "myofascial.twitch",
    "myofascial.startle",
)
SENSATIONS = (
    "sensation.burning",
    "sensation.numbness",
    "sensation.tingling",
    "sensation.itching",
    "sensation.electric",
    "sensation.painful_cold",
)
INFLAMMATION = (
    "inflammation.redness",
    "inflammation.swelling",
    "inflammation.heat",
    "inflammation.loss_of_function",
    "inflammation.morning_stiffness",
)
FINDINGS = INDICATORS + MYOFASCIAL + SENSATIONS + INFLAMMATION

CONFIRMATIONS = (
    "confirm.read_back",
    "confirm.resume",
    "confirm.withdraw",
    "confirm.person",
    "confirm.more",
    "confirm.emergency",
)

QUESTIONS = (
    "consent",
    "for_whom",
    "for_whom.detail",
    "age_band",
    "safety.now",
    "safety.spine",
    "safety.general",
    "safety.self",
    "narrative",
    "pain.site",
    "pain.side",
    "pain.duration",
    "pain.severity_now",
    "pain.severity_worst",
    "onset.event",
    "onset.delay",
    *FINDINGS,
    "myofascial.pressed",
    "function.activity",
    "aggravating",
    "easing",
    "previous_treatment",
    "goal",
    "precaution",
    "precaution.detail",
    "contact.name",
    "contact.phone",
    "contact.email",
    "contact.preferred",
    "booking.new_patient",
    "booking.payer",
    "booking.claim",
    "booking.location",
    "booking.times",
    *GROUPS,
    *CONFIRMATIONS,
)

REGIONS = [
    "head",
    "jaw",
    "neck",
    "shoulder",
    "upper_arm",
    "elbow",
    "forearm",
    "wrist",
    "hand",
    "chest",
    "upper_back",
    "mid_back",
    "lower_back",
    "abdomen",
    "pelvis",
    "buttock",
    "hip",
    "groin",
    "thigh",
    "knee",
    "lower_leg",
    "ankle",
    "foot",
    "widespread",
]

RED_FLAGS = [
    "RF01_cardiac",
    "RF02_breathing",
    "RF03_stroke",
    "RF04_neck_artery",
    "RF05_neck_artery_early",
    "RF06_cauda_equina",
    "RF07_weakness",
    "RF08_cord",
    "RF09_trauma",
    "RF10_fragility",
    "RF11_cancer",
    "RF12_spine_infection",
    "RF13_septic_joint",
    "RF14_dvt",
    "RF15_aorta",
    "RF16_gca",
    "RF17_inflammatory",
    "RF18_pmr",
    "RF19_crps",
    "RF20_post_needling",
    "RF21_self_harm",
    "RF22_limb",
    "RF23_shingles",
    "RF24_collapse",
    "RF25_pregnancy",
]

PRECAUTIONS = [
    "PC01_no_needles",
    "PC02_consent",
    "PC03_lymphoedema",
    "PC04_skin",
    "PC05_fever",
    "PC06_bleeding",
    "PC07_anticoagulant",
    "PC08_pregnancy",
    "PC09_immune",
    "PC10_diabetes_vessels",
    "PC11_epilepsy",
    "PC12_metal",
    "PC13_device",
    "PC14_surgery",
    "PC15_cancer",
    "PC16_heart_valve",
    "PC17_reaction",
    "PC18_chest_area",
    "PC19_age",
    "PC20_allodynia",
]
