/** Commands of pictures: teachers, students, and what is found in them. */
package org.sememe.app.command.diffusion;
