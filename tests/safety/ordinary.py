"""Ordinary openings by the thousand: what patients of a physiotherapist write of plain, old pain, put together at random.

Written sentences find the false alarms that somebody thought of. These find those of words that meet by chance: "bum cheek
going down the back of my leg" once was a drooping face. Nothing here is an emergency in any combination.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

PLACES = (
    "lower back|small of my back|right bum cheek|left bum cheek|butt cheek|left buttock|right hip|outside of my hip|groin|front of my thigh|back of my thigh|"
    "hamstring|left knee|kneecap|shin|calf muscle|achilles|ankle|heel|ball of my foot|arch of my foot|neck|right side of my neck|base of my skull|"
    "between my shoulder blades|mid back|shoulder|left shoulder blade|front of my shoulder|upper arm|elbow|outside of the elbow|forearm|wrist|thumb joint|"
    "hand|jaw joint|top of my shoulder|tailbone|ribs on my right side|big toe|sole of my foot|glutes|it band|low back on the left"
).split("|")
FEELS = (
    "aches|is really sore|burns|throbs a bit|is stiff|is tight as anything|gets a sharp stab|feels like toothache|nags|is tender to touch|seizes up|feels pulled|"
    "is killing me|hurts like hell|gives me grief|plays up|is a dull ache|grinds a bit|clicks and aches|feels bruised|has pins and needles on and off, same as always|"
    "goes a bit tingly like it always has"
).split("|")
GOES = (
    "|||, going down the back of my leg|, goes down the side of my leg|, shoots into my calf|, travels up to my neck|, goes down to my elbow|, runs into my fingers|"
    ", spreads across my back|, comes round to the front of the hip|, wraps round my ribs when i twist|, goes up into my head a bit|, shoots down to my foot"
).split("|")
LONG = (
    "for about 8 months|for years|for 3 years now|since last spring|since christmas a year ago|on and off for ten years|for five months or so|since i was in my twenties|"
    "for the last six months|going on two years|since the summer before last|for a good while, must be 7 months"
).split("|")
CAUSES = (
    "|started after i moved house i think|came on slowly, no reason|after a rear ender in 2019|from years of desk work|after i overdid it in the garden|after my second was born, eleven years ago|"
    "ever since i took up running again|i think its from the way i sleep|did it at work lifting boxes, physio helped a bit then|after a fall off my bike three years ago, x ray was fine|"
    "not straight away like a few days after a long drive last year|old hockey injury|no idea what set it off|from carrying my toddler on one hip|after hip surgery in 2015 which went well"
).split("|")
WORSE = (
    "|worse when i sit|worse going up stairs|worse in the mornings|bad when i bend to tie my shoes|worse when i reach up|hurts to turn my head reversing the car|worse after a run|"
    "it catches when i roll over in bed|even my jeans annoy it|cant sit through a film|hates the cold|a long drive sets it off|sneezing hurts it|coughing makes it twinge, always has|"
    "worse when im stressed|stairs and getting up from the floor are the worst"
).split("|")
BETTER = (
    "|heat helps|a hot bath helps for an hour|walking it off helps|advil takes the edge off|nothing much helps|lying flat helps|stretching helps a little|my chiro cracks it and it is fine for a day|"
    "better on holiday|rest helps"
).split("|")
LIFE = (
    "|im a nurse on nights so im shattered|i sit at a computer all day|two kids and a dog so no rest|i drive trucks|i just want to play golf again|im fed up with it|doctor said its muscular|"
    "had an mri last year and nothing to worry about|my sister swears by needling|i take blood pressure tablets|i am 62 and otherwise well|i sleep badly with it|scared of needles but willing|"
    "my wife made me write|i had a heart check last month and its all fine|no numbness or weakness|no other health problems|i get sweaty at the gym but thats me|i lost 5 kilos on purpose with weight watchers"
).split("|")


def openings(count: int, seed: int = 7) -> Iterator[str]:
    """`count` openings, the same ones for the same seed."""
    chance = random.Random(seed)
    pick = chance.choice
    for _ in range(count):
        place, feels, goes = pick(PLACES), pick(FEELS), pick(GOES)
        first = pick((
            f"my {place} {feels}{goes} {pick(LONG)}", f"{place} {feels} {pick(LONG)}{goes}", f"been having this awful pain in my {place}{goes}, {pick(LONG)}",
            f"its my {place}{goes}. it {feels}. had it {pick(LONG)}", f"pain in the {place} {pick(LONG)}{goes}, it {feels}", f"hi, so my {place} {feels}{goes} and has done {pick(LONG)}",
        ))  # fmt: skip
        rest = [part for part in (pick(CAUSES), pick(WORSE), pick(BETTER), pick(LIFE)) if part]
        chance.shuffle(rest)
        text = pick((". ", ", ", " and ", " ")).join([first, *rest[: chance.randint(0, 4)]])
        yield text.capitalize() + "." if chance.random() < 0.3 else text
