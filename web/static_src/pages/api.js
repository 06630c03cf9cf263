// The description of the routes, drawn by Swagger UI out of our own bundle; it asks for nothing but openapi.json.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";

SwaggerUI({
  url: "/openapi.json",
  dom_id: "#description",
  validatorUrl: null,
  supportedSubmitMethods: [],
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
});
