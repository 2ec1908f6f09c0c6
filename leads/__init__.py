"""The ground: who a lead is, what happened, where it stands."""
