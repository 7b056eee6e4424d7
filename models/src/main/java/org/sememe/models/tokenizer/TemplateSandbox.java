package org.sememe.models.tokenizer;

import com.hubspot.jinjava.el.ext.JinjavaBeanELResolver;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.util.ForLoop;
import java.beans.FeatureDescriptor;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;

/**
 * What a template may look at and call: maps, lists and texts, as Python has them, and the state of
 * a loop. Everything else, every Java method and property, is undefined.
 */
final class TemplateSandbox extends ELResolver {
  private static final Set<String> LOOP =
      Set.of("index", "index0", "revindex", "revindex0", "first", "last", "length");

  private final JinjavaBeanELResolver beans = new JinjavaBeanELResolver(true);

  @Override
  public Object getValue(ELContext context, Object base, Object property) {
    context.setPropertyResolved(true);
    String name = String.valueOf(property);
    return switch (base) {
      case Map<?, ?> map -> map.get(name);
      case List<?> list -> element(list, name);
      case String text -> element(text.codePoints().mapToObj(Character::toString).toList(), name);
      case ForLoop loop when LOOP.contains(name) -> beans.getValue(context, loop, name);
      case null, default -> null;
    };
  }

  private static Object element(List<?> list, String index) {
    if (!index.matches("-?\\d{1,9}")) {
      return null;
    }
    int at = Integer.parseInt(index);
    int place = at < 0 ? at + list.size() : at;
    return place >= 0 && place < list.size() ? list.get(place) : null;
  }

  @Override
  public Object invoke(
      ELContext context, Object base, Object method, Class<?>[] types, Object[] arguments) {
    context.setPropertyResolved(true);
    String name = String.valueOf(method);
    return switch (base) {
      // How jinjava itself runs a filter or a test.
      case Filter filter when name.equals("filter") ->
          beans.invoke(context, filter, name, types, arguments);
      case ExpTest test when name.equals("evaluate") || name.equals("evaluateNegated") ->
          beans.invoke(context, test, name, types, arguments);
      case String text -> PythonMethods.ofText(text, name, arguments);
      case Map<?, ?> map -> PythonMethods.ofMap(map, name, arguments);
      case null, default ->
          throw new ChatTemplate.TemplateRefusal("it calls " + name + ", which is not known");
    };
  }

  @Override
  public Class<?> getType(ELContext context, Object base, Object property) {
    context.setPropertyResolved(true);
    return Object.class;
  }

  @Override
  public void setValue(ELContext context, Object base, Object property, Object value) {
    throw new ChatTemplate.TemplateRefusal("it sets " + property);
  }

  @Override
  public boolean isReadOnly(ELContext context, Object base, Object property) {
    context.setPropertyResolved(true);
    return true;
  }

  @Override
  public Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, Object base) {
    return List.<FeatureDescriptor>of().iterator();
  }

  @Override
  public Class<?> getCommonPropertyType(ELContext context, Object base) {
    return Object.class;
  }
}
