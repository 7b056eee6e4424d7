package org.sememe.training;

/** A record whose components are options of their own, by their own names. */
interface OptionGroup {}
