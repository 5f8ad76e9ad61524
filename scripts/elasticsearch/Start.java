import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Starts one node of Elasticsearch: Start HOME PORT.
 *
 * It finds classes by name, so that one program is compiled for every version, by a compiler that may be older.
 */
public class Start {
    private static final String[][] SETTINGS = {
        {"network.host", "127.0.0.1"},
        {"transport.port", "0"},
        {"discovery.type", "single-node"},
        {"cluster.name", "tracely-test"},
        {"node.name", "one"},
        {"cluster.routing.allocation.disk.threshold_enabled", "false"},
        // The limit counts garbage too, which the serial collector takes away late.
        {"indices.breaker.total.limit", "64gb"},
    };

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        Class<?> settingsClass = named("common.settings.Settings");
        Object builder = settingsClass.getMethod("builder").invoke(null);
        Method put = builder.getClass().getMethod("put", String.class, String.class);
        put.invoke(builder, "path.home", arguments[0]);
        put.invoke(builder, "http.port", arguments[1]);
        for (String[] setting : SETTINGS) {
            put.invoke(builder, setting[0], setting[1]);
        }
        Object settings = builder.getClass().getMethod("build").invoke(builder);
        named("common.logging.LogConfigurator").getMethod("configureWithoutConfig", settingsClass).invoke(null, settings);
        Class<?> environmentClass = named("env.Environment");
        Object environment =
            environmentClass.getConstructor(settingsClass, Path.class).newInstance(settings, home.resolve("config"));
        Object node = node(home, environmentClass, environment);
        node.getClass().getMethod("start").invoke(node);
        Thread.currentThread().join();
    }

    /** Makes a node. From version 8.18 on, it wants its modules to be loaded before. */
    private static Object node(Path home, Class<?> environmentClass, Object environment) throws Exception {
        Class<?> nodeClass = named("node.Node");
        for (Constructor<?> constructor : nodeClass.getConstructors()) {
            if (constructor.getParameterCount() == 1) {
                return constructor.newInstance(environment);
            }
        }
        Class<?> loader = named("plugins.PluginsLoader");
        Object modules = loader.getMethod("loadModulesBundles", Path.class).invoke(null, home.resolve("modules"));
        Object plugins = loader.getMethod("loadPluginsBundles", Path.class).invoke(null, home.resolve("plugins"));
        Object loaded = loader.getMethod("createPluginsLoader", Set.class, Set.class, Map.class)
            .invoke(null, modules, plugins, Map.of());
        return nodeClass.getConstructor(environmentClass, loader).newInstance(environment, loaded);
    }

    private static Class<?> named(String name) throws ClassNotFoundException {
        return Class.forName("org.elasticsearch." + name);
    }
}
