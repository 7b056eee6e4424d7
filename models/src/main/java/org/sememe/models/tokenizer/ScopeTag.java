package org.sememe.models.tokenizer;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.util.ForLoop;

/** One turn of a loop: what it sets is gone in the next turn. Written by {@link TemplateSource}. */
final class ScopeTag implements Tag {
  private static final long serialVersionUID = 1;

  @Override
  public String getName() {
    return "scope";
  }

  @Override
  public String getEndTagName() {
    return "endscope";
  }

  @Override
  public String interpret(TagNode tag, JinjavaInterpreter interpreter) {
    StringBuilder text = new StringBuilder();
    try (JinjavaInterpreter.InterpreterScopeClosable scope = interpreter.enterScope()) {
      for (Node node : tag.getChildren()) {
        text.append(node.render(interpreter));
        if (interpreter.getContext().get("loop") instanceof ForLoop loop && loop.isContinued()) {
          break;
        }
      }
    }
    return text.toString();
  }
}
