import java.nio.file.Path;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;

/** Starts one node: Start HOME PORT. */
public class Start {
    public static void main(String[] arguments) throws Exception {
        Settings settings = Settings.builder()
                .put("path.home", arguments[0])
                .put("http.port", arguments[1])
                .put("transport.port", "0")
                .put("network.host", "127.0.0.1")
                .put("discovery.type", "single-node")
                .put("cluster.name", "tracely-test")
                .put("node.name", "one")
                .put("cluster.routing.allocation.disk.threshold_enabled", false)
                .build();
        LogConfigurator.configureWithoutConfig(settings);
        new Node(new Environment(settings, Path.of(arguments[0], "config"))).start();
        Thread.currentThread().join();
    }
}
