-- Words are merged when sixteen parts of the index are of one size, not four: each
-- word is then written again half as often. The work was a twentieth of recording.
INSERT INTO search (search, rank) VALUES ('automerge', 16);
INSERT INTO search (search, rank) VALUES ('crisismerge', 64);
INSERT INTO quoted (quoted, rank) VALUES ('automerge', 16);
INSERT INTO quoted (quoted, rank) VALUES ('crisismerge', 64);
