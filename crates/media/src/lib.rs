//! Where bytes of files are kept, and what can be learned and made of them.
