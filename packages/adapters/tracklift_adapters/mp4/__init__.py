"""Looks into MP4 and QuickTime files (ISO/IEC 14496-12) without decoding them, standard library only."""
