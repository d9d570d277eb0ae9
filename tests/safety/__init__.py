"""Red flag texts as data, and the tests that no emergency is missed and harmless texts stay quiet."""
