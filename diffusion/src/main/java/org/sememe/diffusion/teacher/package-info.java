/**
 * Training of a diffusion model in pixels, told classes or captions, which a student can be
 * distilled from.
 */
package org.sememe.diffusion.teacher;
