/** Training of a student by distillation, from a teacher's and a feature network's folders. */
package org.sememe.diffusion.student;
