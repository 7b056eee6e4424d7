/**
 * Training of a class-conditional diffusion model in pixels, which a student can be distilled from.
 */
package org.sememe.diffusion.teacher;
