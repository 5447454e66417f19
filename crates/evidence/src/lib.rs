//! Statements about a document's life, the Merkle log, checkpoints, evidence bundles and their verification.
