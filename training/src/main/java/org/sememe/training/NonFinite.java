package org.sememe.training;

/** What to do with a row that holds a NaN or an infinity; it is never trained on. */
public enum NonFinite {
  /** Leave the row out, count it and go on. */
  SKIP,
  /** Stop with an error that says where the row is. */
  REFUSE
}
