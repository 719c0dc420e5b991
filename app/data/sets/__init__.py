"""The data sets that ship: a file each (one for the tables of scikit-learn), found by being here."""
