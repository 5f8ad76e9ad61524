import "./styles.css";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { Tooltip } from "@base-ui/react/tooltip";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { makeQueryClient } from "./api/query-client.ts";
import { startTranslation } from "./i18n/index.ts";
import { makeRouter } from "./router.tsx";
import { Toasts } from "./ui/toast.tsx";

const queryClient = makeQueryClient();
const router = makeRouter(queryClient);
const root = document.getElementById("root");
if (!root) throw new Error("the page has no place for the app");

await startTranslation();
createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <Tooltip.Provider delay={400}>
          <RouterProvider router={router} />
          <Toasts />
        </Tooltip.Provider>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
