/** How good drawn pictures are beside real ones, by a judge that had no part in making them. */
package org.sememe.diffusion.evaluation;
