"""Joint training of TarViS on VIS, VPS, VOS and PET data, and its evaluation."""
